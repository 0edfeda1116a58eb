"""The handlers of Connect's OAuth."""
